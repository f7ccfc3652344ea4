"""Localhost: the network and the sockets that the containers of a pod share."""
