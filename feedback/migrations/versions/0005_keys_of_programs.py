"""Answers that were sent with a key of a program's own know the form that they came from."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('response', sa.Column('form_nonce', sa.String(length=16), nullable=True))


def downgrade() -> None:
    raise NotImplementedError('there is no way back: restore the backup')
