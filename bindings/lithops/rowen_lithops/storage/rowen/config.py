from rowen_lithops import _settings


def load_config(config_data):
    _settings.fill(config_data)
