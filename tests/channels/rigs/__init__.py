"""One rig per kind of carrier: the carrier as the server builds it, and the network on its other side."""
