"""The containers and the units: files held against the settings, and what they start run for real."""
