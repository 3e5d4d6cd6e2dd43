"""The catalogue and the network: products, nodes and channels, to be read and edited."""

from mainstem.console.catalog import channels, editing, nodes, products
from mainstem.console.frame import Page
from mainstem.platform.access.permissions import CATALOG_READ, CATALOG_WRITE

PAGES = (
    Page("GET", "/products", CATALOG_READ, products.listed, nav="products"),
    Page("GET", "/products/{product:int}", CATALOG_READ, products.shown, nav="products"),
    Page("GET", "/products/{product:int}/edit", CATALOG_WRITE, editing.product, nav="products"),
    Page("POST", "/products/{product:int}/edit", CATALOG_WRITE, editing.save_product, nav="products"),
    Page("GET", "/new/product", CATALOG_WRITE, editing.new_product, nav="products"),
    Page("POST", "/new/product", CATALOG_WRITE, editing.save_product, nav="products"),
    Page("GET", "/nodes", CATALOG_READ, nodes.listed, nav="nodes"),
    Page("GET", "/nodes/{code:str}", CATALOG_READ, nodes.shown, nav="nodes"),
    Page("GET", "/nodes/{code:str}/edit", CATALOG_WRITE, editing.node, nav="nodes"),
    Page("POST", "/nodes/{code:str}/edit", CATALOG_WRITE, editing.save_node, nav="nodes"),
    Page("GET", "/new/node", CATALOG_WRITE, editing.new_node, nav="nodes"),
    Page("POST", "/new/node", CATALOG_WRITE, editing.save_node, nav="nodes"),
    Page("GET", "/channels", CATALOG_READ, channels.listed, nav="channels"),
    Page("GET", "/channels/{code:str}", CATALOG_READ, channels.shown, nav="channels"),
    Page("GET", "/channels/{code:str}/edit", CATALOG_WRITE, editing.channel, nav="channels"),
    Page("POST", "/channels/{code:str}/edit", CATALOG_WRITE, editing.save_channel, nav="channels"),
    Page("GET", "/new/channel", CATALOG_WRITE, editing.new_channel, nav="channels"),
    Page("POST", "/new/channel", CATALOG_WRITE, editing.save_channel, nav="channels"),
)
