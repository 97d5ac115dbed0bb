SERVERLESS_BACKENDS = ["another"]
JOBS_PREFIX = "lithops.jobs"
SLEEP = 600
