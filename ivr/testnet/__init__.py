"""The telephone network for tests and for `ivr call`: a second private Asterisk with providers, citizens, phones."""
