"""What the parts of a model take on this machine: modules of true shapes, random weights."""
