from rowen_lithops import _settings


def load_config(config_data):
    _settings.fill(config_data)
    lithops = config_data["lithops"]
    lithops.setdefault("monitoring", "rowen")
    if lithops.get("storage") in (None, "localhost"):  # what Lithops says where nothing was: it refuses localhost beside another back end
        lithops["storage"] = "rowen"
