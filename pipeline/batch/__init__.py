"""From sources to labelled outputs: in batches, in parallel, resumable, on one machine or many."""
