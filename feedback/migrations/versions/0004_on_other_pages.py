"""On other people's pages: secrets of back ends, feedback screens, where widgets are shown, what is held back."""

import sqlalchemy as sa
from alembic import op
from feedback.db import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

PURPOSES = (
    "purpose IN ('survey', 'form', 'staff_join', 'staff_reset', 'draft', 'edit', 'case', 'unsubscribe',"
    " 'preferences', 'undo', 'confirm', 'kiosk')"
)


def key() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('site_secret',
    sa.Column('id', key(), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', key(), nullable=False),
    sa.Column('algorithm', sa.String(length=10), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('retired_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("algorithm IN ('HS256', 'EdDSA')", name=op.f('ck_site_secret_algorithm')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_site_secret_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_secret')),
    sa.UniqueConstraint('public_id', name=op.f('uq_site_secret_public_id'))
    )
    with op.batch_alter_table('site_secret', schema=None) as batch_op:
        batch_op.create_index('ix_site_secret_site_id', ['site_id'], unique=False)

    op.create_table('kiosk',
    sa.Column('id', key(), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', key(), nullable=False),
    sa.Column('survey_id', key(), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_kiosk_site_id_site')),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('fk_kiosk_survey_id_survey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kiosk')),
    sa.UniqueConstraint('public_id', name=op.f('uq_kiosk_public_id'))
    )
    with op.batch_alter_table('kiosk', schema=None) as batch_op:
        batch_op.create_index('ix_kiosk_site_id', ['site_id', 'id'], unique=False)

    op.create_table('seen',
    sa.Column('id', key(), autoincrement=True, nullable=False),
    sa.Column('site_id', key(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('challenge', 'words', 'mailed')", name=op.f('ck_seen_kind')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_seen_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seen'))
    )
    with op.batch_alter_table('seen', schema=None) as batch_op:
        batch_op.create_index('ix_seen_expires_at', ['expires_at'], unique=False)
        batch_op.create_index('uq_seen_site_id_kind_digest', ['site_id', 'kind', 'digest'], unique=True)

    op.create_table('placement',
    sa.Column('id', key(), autoincrement=True, nullable=False),
    sa.Column('site_id', key(), nullable=False),
    sa.Column('survey_id', key(), nullable=False),
    sa.Column('live', sa.Boolean(), nullable=False),
    sa.Column('sample', sa.Integer(), nullable=False),
    sa.Column('again_days', sa.Integer(), nullable=False),
    sa.Column('paths', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_placement_site_id_site')),
    sa.ForeignKeyConstraint(['survey_id'], ['survey.id'], name=op.f('fk_placement_survey_id_survey')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placement'))
    )
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.create_index('uq_placement_site_id_survey_id', ['site_id', 'survey_id'], unique=True)

    op.create_table('sighting',
    sa.Column('id', key(), autoincrement=True, nullable=False),
    sa.Column('site_id', key(), nullable=False),
    sa.Column('origin', sa.String(length=300), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('first_seen_at', UtcDateTime(), nullable=False),
    sa.Column('last_seen_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_sighting_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sighting'))
    )
    with op.batch_alter_table('sighting', schema=None) as batch_op:
        batch_op.create_index('uq_sighting_site_id_origin', ['site_id', 'origin'], unique=True)

    op.create_table('case_counter',
    sa.Column('site_id', key(), autoincrement=False, nullable=False),
    sa.Column('next_number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_case_counter_site_id_site')),
    sa.PrimaryKeyConstraint('site_id', name=op.f('pk_case_counter'))
    )
    op.execute('INSERT INTO case_counter (site_id, next_number) SELECT id, next_case FROM site')

    empty = sa.text("'{}'")
    with op.batch_alter_table('site', schema=None) as batch_op:
        batch_op.add_column(sa.Column('postal_address', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('return_url', sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column('identity_required', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('spam', sa.JSON(), nullable=False, server_default=empty))
        batch_op.add_column(sa.Column('widget', sa.JSON(), nullable=False, server_default=empty))
        batch_op.drop_column('next_case')

    op.add_column('response', sa.Column('kiosk_id', key(), nullable=True))
    op.add_column('response', sa.Column('judged_at', UtcDateTime(), nullable=True))
    op.add_column('response', sa.Column('form_nonce', sa.String(length=16), nullable=True))
    op.create_index(
        'ix_response_quarantined',
        'response',
        ['site_id', 'created_at', 'id'],
        unique=False,
        sqlite_where=sa.text("state = 'quarantined'"),
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index(
        'ix_suppression_site_id_opt_out',
        'suppression',
        ['site_id', 'opt_out'],
        unique=False,
        sqlite_where=sa.text('opt_out IS NOT NULL'),
        postgresql_where=sa.text('opt_out IS NOT NULL'),
    )

    unresolved = sa.text("state <> 'resolved' AND customer_id IS NOT NULL")
    op.drop_index('uq_case_unresolved', 'case')
    op.create_index(
        'uq_case_unresolved',
        'case',
        ['customer_id', 'family', 'site_id'],
        unique=True,
        sqlite_where=unresolved,
        postgresql_where=unresolved,
    )

    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_link_purpose'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_link_purpose'), PURPOSES)


def downgrade() -> None:
    raise NotImplementedError('there is no way back: restore the backup')
