/** Bot scopes Slack knows (`@slack/web-api` 8.2, ManifestOAuthScopes). */
export const botScopes = words(`
app_mentions:read assistant:write bookmarks:read bookmarks:write calls:read calls:write channels:history channels:join
channels:manage channels:read channels:write.invites channels:write.topic chat:write chat:write.customize
chat:write.public commands conversations.connect:manage conversations.connect:read conversations.connect:write
datastore:read datastore:write dnd:read emoji:read files:read files:write groups:history groups:read groups:write
groups:write.invites groups:write.topic im:history im:read im:write incoming-webhook links.embed:write links:read
links:write metadata.message:read mpim:history mpim:read mpim:write mpim:write.invites mpim:write.topic pins:read
pins:write reactions:read reactions:write reminders:read reminders:write remote_files:read remote_files:share
remote_files:write team.billing:read team.preferences:read team:read tokens.basic triggers:read triggers:write
usergroups:read usergroups:write users.profile:read users:read users:read.email users:write workflow.steps:execute`)

/** Events an app can subscribe a bot to (`@slack/web-api` 8.2, ManifestEvent; `@slack/types` 3.2, agent events). */
export const botEvents = words(`
agent_session_stopped agent_session_title_changed app_context_changed app_home_opened app_mention app_rate_limited
app_requested app_uninstalled call_rejected channel_archive channel_created channel_deleted channel_history_changed
channel_id_changed channel_left channel_rename channel_shared channel_unarchive channel_unshared dnd_updated
dnd_updated_user email_domain_changed emoji_changed entity_details_requested file_change file_created file_deleted
file_public file_shared file_unshared grid_migration_finished grid_migration_started group_archive group_close
group_deleted group_history_changed group_left group_open group_rename group_unarchive im_close im_created
im_history_changed im_open invite_requested link_shared member_joined_channel member_left_channel message
message.app_home message.channels message.groups message.im message.mpim message_metadata_deleted
message_metadata_posted message_metadata_updated pin_added pin_removed reaction_added reaction_removed scope_denied
scope_granted shared_channel_invite_accepted shared_channel_invite_approved shared_channel_invite_declined
shared_channel_invite_received star_added star_removed subteam_created subteam_members_changed subteam_self_added
subteam_self_removed subteam_updated team_access_granted team_access_revoked team_domain_change team_join team_rename
tokens_revoked url_verification user_change user_huddle_changed user_profile_changed user_status_changed`)

/** The scope without which an event is never sent. */
export const scopeOfEvent: Readonly<Record<string, string>> = {
  agent_session_stopped: 'assistant:write',
  agent_session_title_changed: 'assistant:write',
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  pin_added: 'pins:read',
  pin_removed: 'pins:read',
  link_shared: 'links:read',
  subteam_members_changed: 'usergroups:read',
  team_join: 'users:read',
  user_change: 'users:read',
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
