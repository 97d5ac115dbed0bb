import logging


def setup_lithops_logger(log_level):
    logging.getLogger("lithops").setLevel(log_level)


class FuturesList(list):
    def __reduce__(self):
        return FuturesList, (list(self),)
