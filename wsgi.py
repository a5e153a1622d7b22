"""What a WSGI server imports: ``gunicorn -c python:feedback.gunicorn_conf wsgi:app``."""

from feedback.app import create_app
from feedback.settings import Settings

app = create_app(Settings.from_env())
