"""The engines that the test-suite runs on.

========================  =======================================================================
``moto``                  moto's server inside the test process; quick, but more lenient than
                          DynamoDB
``dynamodb-local``        AWS's own engine, a Java program; what the tests about behaviour trust
``endpoint``              any DynamoDB-compatible server named by ``AWS_ENDPOINT_URL_DYNAMODB``
========================  =======================================================================

``pytest --engine=NAME`` or the environment variable ``DYNAMONGO_TEST_ENGINE`` chooses one. The
default, ``auto``, is DynamoDB Local where it and Java 11 are present, else moto.
"""
