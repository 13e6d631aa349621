"""Speed, memory and size: each figure beside a limit of the same run, or beside the aim. `python -m bench`."""
