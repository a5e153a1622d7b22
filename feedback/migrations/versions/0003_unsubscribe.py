"""Unsubscribe: topics, wishes, suppressions and the evidence of opt-outs."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from feedback.db import UtcDateTime, new_public_id

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

PURPOSES = (
    "purpose IN ('survey', 'form', 'staff_join', 'staff_reset', 'draft', 'edit', 'case', 'unsubscribe',"
    " 'preferences', 'undo', 'confirm')"
)
TOPICS = {'surveys': {'en': 'Questions about our service',
             'sw': 'Maswali kuhusu huduma yetu',
             'ne': 'हाम्रो सेवाबारे प्रश्नहरू',
             'fa': 'پرسش\u200cهایی درباره خدمات ما',
             'mn': 'Манай үйлчилгээний талаарх асуултууд',
             'hy': 'Հարցեր մեր սպասարկման մասին'},
 'news': {'en': 'News and offers',
          'sw': 'Habari na ofa',
          'ne': 'समाचार र छुट',
          'fa': 'خبرها و پیشنهادها',
          'mn': 'Мэдээ ба санал',
          'hy': 'Նորություններ և առաջարկներ'}}


def upgrade() -> None:
    op.create_table('opt_out',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address_key', sa.String(length=64), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('link_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('locale', sa.String(length=35), nullable=False),
    sa.Column('policy_version', sa.String(length=20), nullable=False),
    sa.Column('network', sa.String(length=60), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('undone_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("channel IN ('oneclick', 'page', 'mailto', 'api', 'staff', 'complaint', 'bounce', 'import')", name=op.f('ck_opt_out_channel')),
    sa.CheckConstraint("scope IN ('topic', 'marketing', 'address')", name=op.f('ck_opt_out_scope')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_opt_out_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opt_out')),
    sa.UniqueConstraint('public_id', name=op.f('uq_opt_out_public_id'))
    )
    with op.batch_alter_table('opt_out', schema=None) as batch_op:
        batch_op.create_index('ix_opt_out_site_id_address_key', ['site_id', 'address_key', 'id'], unique=False)
        batch_op.create_index('ix_opt_out_site_id_at', ['site_id', 'at', 'id'], unique=False)
        batch_op.create_index('ix_opt_out_site_id_link_id', ['site_id', 'link_id'], unique=False)

    op.create_table('preference',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address_key', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('frequency', sa.String(length=20), nullable=False),
    sa.Column('paused_until', UtcDateTime(), nullable=True),
    sa.Column('sent_at', UtcDateTime(), nullable=True),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("frequency IN ('each', 'weekly', 'monthly')", name=op.f('ck_preference_frequency')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_preference_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preference'))
    )
    with op.batch_alter_table('preference', schema=None) as batch_op:
        batch_op.create_index('ix_preference_paused_until', ['site_id', 'paused_until'], unique=False, sqlite_where=sa.text('paused_until IS NOT NULL'), postgresql_where=sa.text('paused_until IS NOT NULL'))
        batch_op.create_index('uq_preference_site_id_address_key_topic', ['site_id', 'address_key', 'topic'], unique=True)

    op.create_table('suppression',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('address_key', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('opt_out', sa.String(length=26), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('lifted_at', UtcDateTime(), nullable=True),
    sa.Column('lifted_by', sa.String(length=200), nullable=False),
    sa.Column('lifted_because', sa.Text(), nullable=False),
    sa.CheckConstraint("reason IN ('unsubscribe', 'complaint', 'hard_bounce', 'manual', 'erasure')", name=op.f('ck_suppression_reason')),
    sa.CheckConstraint("scope IN ('topic', 'marketing', 'address')", name=op.f('ck_suppression_scope')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_suppression_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppression')),
    sa.UniqueConstraint('public_id', name=op.f('uq_suppression_public_id'))
    )
    with op.batch_alter_table('suppression', schema=None) as batch_op:
        batch_op.create_index('ix_suppression_site_id_id', ['site_id', 'id'], unique=False)
        batch_op.create_index('uq_suppression_active', ['site_id', 'address_key', 'scope', 'topic'], unique=True, sqlite_where=sa.text('lifted_at IS NULL'), postgresql_where=sa.text('lifted_at IS NULL'))

    op.create_table('topic',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.JSON(), nullable=False),
    sa.Column('frequencies', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('archived_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_topic_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topic')),
    sa.UniqueConstraint('public_id', name=op.f('uq_topic_public_id'))
    )
    with op.batch_alter_table('topic', schema=None) as batch_op:
        batch_op.create_index('uq_topic_site_id_key', ['site_id', 'key'], unique=True)

    op.create_table('api_key',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=8), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('last_used_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_api_key_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('public_id', name=op.f('uq_api_key_public_id'))
    )
    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.create_index('ix_api_key_site_id_id', ['site_id', 'id'], unique=False)

    op.create_table('preference_request',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('address_key', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('locale', sa.String(length=35), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('done_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("kind IN ('resume', 'address', 'export', 'erase', 'link')", name=op.f('ck_preference_request_kind')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_preference_request_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preference_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_preference_request_public_id'))
    )
    with op.batch_alter_table('preference_request', schema=None) as batch_op:
        batch_op.create_index('ix_preference_request_site_id_address_key', ['site_id', 'address_key', 'asked_at'], unique=False)

    with op.batch_alter_table('customer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('previous_email', sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column('previous_until', UtcDateTime(), nullable=True))

    op.create_table('customer_sign',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sign', sa.String(length=40), nullable=False),
    sa.Column('source', sa.String(length=80), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_customer_sign_customer_id_customer')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_customer_sign_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_sign'))
    )
    with op.batch_alter_table('customer_sign', schema=None) as batch_op:
        batch_op.create_index('uq_customer_sign', ['site_id', 'customer_id', 'sign', 'source'], unique=True)

    with op.batch_alter_table('site', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blank_reason', sa.JSON(), nullable=False, server_default=sa.text("'{}'")))

    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('topic', sa.String(length=40), nullable=False, server_default=''))
        batch_op.drop_constraint(batch_op.f('ck_link_purpose'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_link_purpose'), PURPOSES)
    give_first_topics()


def give_first_topics() -> None:
    """The sites that are there get the topics that each begins with."""
    site = sa.table('site', sa.column('id', sa.BigInteger()))
    topic = sa.table(
        'topic',
        sa.column('public_id', sa.String()),
        sa.column('site_id', sa.BigInteger()),
        sa.column('key', sa.String()),
        sa.column('name', sa.JSON()),
        sa.column('frequencies', sa.JSON()),
        sa.column('position', sa.Integer()),
        sa.column('created_at', UtcDateTime()),
        sa.column('version', sa.Integer()),
    )
    connection = op.get_bind()
    for site_id in connection.scalars(sa.select(site.c.id)).all():
        for position, (key, name) in enumerate(TOPICS.items()):
            connection.execute(
                topic.insert().values(
                    public_id=new_public_id(),
                    site_id=site_id,
                    key=key,
                    name=name,
                    frequencies=[],
                    position=position,
                    created_at=datetime.now(UTC),
                    version=1,
                )
            )


def downgrade() -> None:
    raise NotImplementedError('there is no way back: restore the backup')
