"""The Asterisk connector over call stores of real files."""
