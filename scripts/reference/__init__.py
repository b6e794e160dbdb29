"""What scripts/make_goldens.py and scripts/make_full_checkpoint.py are made of: LeRobot, run on networks of random weights."""
