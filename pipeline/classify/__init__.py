"""From features to labels with probabilities."""
