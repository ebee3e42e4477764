"""task=temper: replica exchange of any system."""
