"""The main job on sample systems, through the public faces alone."""
