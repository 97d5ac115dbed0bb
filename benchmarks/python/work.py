"""What is called."""
import pickle


def nothing():
    pass


def following(x):
    return x + 1


def length(array):
    return len(array)


def same(array):
    return array


def list_of(content):
    return [content]


def within_pickles(function, content):
    return InPickle(pickle.dumps(function(pickle.loads(content[0])), 4))


class InPickle:
    """Bytes that are copied into the pickle of a result."""

    def __init__(self, content):
        self.content = content

    def __reduce__(self):
        return bytes, (self.content,)
