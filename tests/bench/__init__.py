"""How fast the routing by the caller's clock is: `make bench`."""
