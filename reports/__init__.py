"""Tables and figures, from one layout to every format."""
