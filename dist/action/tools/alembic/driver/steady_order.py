"""An order where SQLAlchemy has none."""


def keep_order_of_indexes():
    """SQLAlchemy keeps the indexes of a table in a set, and creates them in another order each time: no plan could say which. Here it is that of the code."""
    from sqlalchemy import Table
    from sqlalchemy.util import OrderedSet

    def get(table):
        try:
            return table.__dict__["indexes"]
        except KeyError:
            raise AttributeError("indexes") from None

    def put(table, indexes):
        table.__dict__["indexes"] = OrderedSet(indexes)

    Table.indexes = property(get, put)
