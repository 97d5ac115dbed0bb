"""What the examples run on leased cores. A module of its own: without cloudpickle, functions travel by their names."""
import logging

log = logging.getLogger("fields")


def set_up(level):
    logging.basicConfig(level=level)


def harvest(field, rain=1.0):
    """A number for a field; there is no field 13."""
    if field == 13:
        raise ValueError("there is no field 13")
    log.info("field %d", field)
    return rain * (field % 7)


def smooth(values):
    """The mean of each value and its neighbours, of an array."""
    return (values[:-2] + values[1:-1] + values[2:]) / 3
