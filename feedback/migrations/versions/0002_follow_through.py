"""Follow-through: promises that people make, mail both ways, canned replies, escalation."""

import sqlalchemy as sa
from alembic import op
from feedback.db import UtcDateTime, new_public_id

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

PURPOSES = "purpose IN ('survey', 'form', 'staff_join', 'staff_reset', 'draft', 'edit', 'case')"


def upgrade() -> None:
    op.create_table('inbound_mail',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('link_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('message_key', sa.String(length=64), nullable=False),
    sa.Column('sender', sa.String(length=254), nullable=False),
    sa.Column('sender_name', sa.String(length=200), nullable=False),
    sa.Column('subject', sa.String(length=400), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('quoted', sa.Text(), nullable=False),
    sa.Column('attachments', sa.JSON(), nullable=False),
    sa.Column('cut', sa.Boolean(), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('reply', 'auto', 'bulk', 'bounce', 'unreadable', 'held')", name=op.f('ck_inbound_mail_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_mail')),
    sa.UniqueConstraint('public_id', name=op.f('uq_inbound_mail_public_id'))
    )
    with op.batch_alter_table('inbound_mail', schema=None) as batch_op:
        batch_op.create_index('ix_inbound_mail_site_id_link_id', ['site_id', 'link_id', 'received_at'], unique=False)
        batch_op.create_index('uq_inbound_mail_site_id_message_key', ['site_id', 'message_key'], unique=True)

    op.create_table('canned_reply',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_canned_reply_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_reply')),
    sa.UniqueConstraint('public_id', name=op.f('uq_canned_reply_public_id'))
    )
    with op.batch_alter_table('canned_reply', schema=None) as batch_op:
        batch_op.create_index('ix_canned_reply_site_id_language', ['site_id', 'language', 'id'], unique=False)

    op.create_table('escalation_step',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('after_minutes', sa.Integer(), nullable=False),
    sa.Column('priority', sa.String(length=20), nullable=True),
    sa.Column('to_lead', sa.Boolean(), nullable=False),
    sa.Column('queue', sa.String(length=60), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('enabled_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("priority IN ('high', 'normal', 'low')", name=op.f('ck_escalation_step_priority')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_escalation_step_site_id_site')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation_step')),
    sa.UniqueConstraint('public_id', name=op.f('uq_escalation_step_public_id'))
    )
    with op.batch_alter_table('escalation_step', schema=None) as batch_op:
        batch_op.create_index('ix_escalation_step_site_id_after_minutes', ['site_id', 'after_minutes', 'id'], unique=False)

    op.create_table('case_escalation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], name=op.f('fk_case_escalation_case_id_case')),
    sa.ForeignKeyConstraint(['site_id'], ['site.id'], name=op.f('fk_case_escalation_site_id_site')),
    sa.ForeignKeyConstraint(['step_id'], ['escalation_step.id'], name=op.f('fk_case_escalation_step_id_escalation_step')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_escalation'))
    )
    with op.batch_alter_table('case_escalation', schema=None) as batch_op:
        batch_op.create_index('ix_case_escalation_site_id_case_id', ['site_id', 'case_id'], unique=False)
        batch_op.create_index('uq_case_escalation_case_id_step_id', ['case_id', 'step_id'], unique=True)

    with op.batch_alter_table('case', schema=None) as batch_op:
        batch_op.add_column(sa.Column('customer_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('replied_at', UtcDateTime(), nullable=True))

    with op.batch_alter_table('case_response', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_at', UtcDateTime(), nullable=True))

    with op.batch_alter_table('link', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_link_purpose'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_link_purpose'), PURPOSES)
        batch_op.create_index('ix_link_site_id_case_id', ['site_id', 'case_id'], unique=False, sqlite_where=sa.text('case_id IS NOT NULL'), postgresql_where=sa.text('case_id IS NOT NULL'))

    with op.batch_alter_table('outbox_mail', schema=None) as batch_op:
        batch_op.add_column(sa.Column('next_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('tried_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('keep_until', UtcDateTime(), nullable=True))
        batch_op.drop_index('ix_outbox_mail_site_id_id')
        batch_op.create_index('ix_outbox_mail_site_id_customer_id', ['site_id', 'customer_id'], unique=False)
        batch_op.create_index('ix_outbox_mail_site_id_state_id', ['site_id', 'state', 'id'], unique=False)

    mail = sa.table('outbox_mail', sa.column('state', sa.String()), sa.column('next_at', UtcDateTime()), sa.column('created_at', UtcDateTime()))
    op.execute(sa.update(mail).where(mail.c.state.in_(('queued', 'sending'))).values(next_at=mail.c.created_at))

    with op.batch_alter_table('promise', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_id', sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column('what', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('made_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('warned_at', UtcDateTime(), nullable=True))
    name_promises()
    with op.batch_alter_table('promise', schema=None) as batch_op:
        batch_op.alter_column('public_id', existing_type=sa.String(length=26), nullable=False)
        batch_op.alter_column('what', existing_type=sa.Text(), server_default=None)
        batch_op.create_unique_constraint(batch_op.f('uq_promise_public_id'), ['public_id'])
        batch_op.create_foreign_key(batch_op.f('fk_promise_made_by_staff_member'), 'staff_member', ['made_by'], ['id'])

    with op.batch_alter_table('staff_member', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notices', sa.JSON(), nullable=False, server_default='{}'))

    with op.batch_alter_table('staff_role', schema=None) as batch_op:
        batch_op.add_column(sa.Column('listed_on', sa.Date(), nullable=True))


def name_promises() -> None:
    """Give the promises that are there the names that console addresses show."""
    promise = sa.table('promise', sa.column('id', sa.BigInteger()), sa.column('public_id', sa.String()))
    connection = op.get_bind()
    while found := connection.scalars(sa.select(promise.c.id).where(promise.c.public_id.is_(None)).limit(1000)).all():
        connection.execute(
            sa.update(promise).where(promise.c.id == sa.bindparam('key')).values(public_id=sa.bindparam('name')),
            [{'key': one, 'name': new_public_id()} for one in found],
        )


def downgrade() -> None:
    raise NotImplementedError('there is no way back: restore the backup')
