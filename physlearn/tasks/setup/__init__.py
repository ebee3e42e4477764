"""What several tasks share: from config groups to objects, and the rules of a run's keys."""
