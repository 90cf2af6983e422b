"""`python -m tests.bench.short_job JOB`: says a word, waits for the end of stdin, prints the job or fails."""

import json
import sys

job = json.loads(sys.argv[1])
sys.stdout.write(job["says"] + "\n")
sys.stdout.flush()
sys.stdin.read()
if "fails" in job:
    sys.exit(job["fails"])
sys.stdout.write(sys.argv[1])
