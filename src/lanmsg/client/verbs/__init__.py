"""The verbs of a client, by what they are about. `Client` has all of them."""
