"""The parts that models are built of: a file holds a part's shapes and the operations they mean."""
