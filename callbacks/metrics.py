"""Metrics of the functions, counted one event at a time in CloudWatch's embedded metric format."""

from aws_lambda_powertools.metrics import MetricUnit, single_metric


def count(name: str, **dimensions: str) -> None:
    """Count one event. Dimensions are few fixed words, never an id: each combination is a metric of its own.

    The namespace is the variable `POWERTOOLS_METRICS_NAMESPACE`.
    """
    with single_metric(name=name, unit=MetricUnit.Count, value=1) as metric:
        for dimension, value in dimensions.items():
            metric.add_dimension(dimension, value)
