"""One model, used by many threads at once."""

import concurrent.futures
import sys

import pytest

from tests.models import Order


@pytest.fixture
def forced_switching():
    """Threads that take turns after a few bytecodes each."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_threads_send_their_own_requests(connection, forced_switching):
    """Conditions, updates and results never mix between threads."""
    Order.create_table()

    def work(thread):
        customer = f'c{thread}'
        for number in range(15):
            Order.save_one({'customer': customer, 'number': number, 'size': thread})
            condition = (Order.customer == customer) & (Order.size == thread)
            found = Order.get_many(condition & (Order.status == None))
            assert [(order.customer, order.number) for order in found] == [(customer, number)]
            updated = Order.update_one(
                (customer, number), [Order.status.set(customer), Order.size.add(number)]
            )
            assert (updated.status, updated.size) == (customer, thread + number)
        return Order.delete_many(Order.customer == customer).success_count

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [15] * 8
