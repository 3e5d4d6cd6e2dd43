"""The first page: sales today by channel and the stock of the network, live."""
