"""Tests of the web client from outside: its TypeScript in Node, and in a browser."""
