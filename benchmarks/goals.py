"""What dynamongo is to reach; nothing fails where it doesn't."""

#: Medians of the ratios of each round that are to be reached with canned replies: by case, and by
#: the contestant that dynamongo is compared with. Timings differ from machine to machine, ratios
#: hardly do.
RATIOS = {
    'get': {'raw': 0.80, 'resource': 0.70, 'pynamodb': 0.75},
    'put': {'raw': 0.82, 'resource': 0.72, 'pynamodb': 0.80},
    'scan': {'raw': 0.35, 'resource': 0.28, 'pynamodb': 0.20},
    'query': {'raw': 0.32, 'resource': 0.25, 'pynamodb': 0.18},
    'batch': {'raw': 0.45, 'resource': 0.31, 'pynamodb': 0.45},
}

#: The same, over HTTP to DynamoDB Local.
LOCAL_RATIOS = {'get': {'raw': 0.90}}

#: ``import dynamongo`` to ``import boto3``, both without what Python itself takes.
IMPORT_RATIO = 0.5

#: Bytes that an instance takes, as tracemalloc counts them.
BYTES_OF_INSTANCE = 600

#: Wrong answers, however many threads ask.
WRONG_ANSWERS = 0


def verdict(value, goal):
    """Return a goal and whether it is met, as the tables show it."""
    return f'{goal:g} {"met" if value <= goal else "missed"}'
