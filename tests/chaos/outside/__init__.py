"""What people do to a telephone number and a SIP port who want nothing good, on our own loopback addresses."""
