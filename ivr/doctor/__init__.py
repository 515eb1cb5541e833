"""Plain-words checks of everything an administrator can get wrong; each finding comes with its remedy."""
