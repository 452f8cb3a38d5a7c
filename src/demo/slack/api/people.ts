import type { Json, LocalUser } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { ApiError } from './api-error.ts'
import { optionalFlag, requiredString } from './arguments.ts'
import type { ApiContext, Call, Method } from './context.ts'
import { paged } from './conversations.ts'
import { userOf } from './lookup.ts'
import { presentUserGroup } from './present.ts'

/** `auth`, `team`, `users.*` and `usergroups.*`. */
export const peopleMethods: Readonly<Record<string, Method>> = {
  'api.test': { token: 'none', run: ({ args }) => ({ ok: true, args }) },
  'auth.test': { run: authTest },
  'team.info': { scopes: ['team:read'], run: teamInfo },
  'bots.info': { scopes: ['users:read'], run: botInfo },
  'users.info': { scopes: ['users:read'], run: userInfo },
  'users.list': { scopes: ['users:read'], run: userList },
  'users.lookupByEmail': { scopes: ['users:read.email'], run: lookupByEmail },
  'usergroups.list': { scopes: ['usergroups:read'], run: groupList },
  'usergroups.users.list': { scopes: ['usergroups:read'], run: groupUsers },
}

function authTest({ context }: Call): Json {
  return {
    ok: true,
    url: `${context.origin()}/`,
    team: WORKSPACE.teamName,
    user: 'cluster_doctor',
    team_id: WORKSPACE.teamId,
    user_id: WORKSPACE.botUser,
    bot_id: WORKSPACE.botId,
    app_id: WORKSPACE.appId,
    is_enterprise_install: false,
  }
}

function teamInfo({ context }: Call): Json {
  return {
    ok: true,
    team: { id: WORKSPACE.teamId, name: WORKSPACE.teamName, domain: WORKSPACE.teamDomain, url: context.origin() },
  }
}

function botInfo({ context, args }: Call): Json {
  if (requiredString(args, 'bot') !== WORKSPACE.botId) throw new ApiError('bot_not_found')
  return {
    ok: true,
    bot: {
      id: WORKSPACE.botId,
      app_id: WORKSPACE.appId,
      user_id: WORKSPACE.botUser,
      name: context.app.name,
      deleted: false,
    },
  }
}

/** E-mail addresses are shown only to apps with `users:read.email`. */
function shown(context: ApiContext, user: LocalUser): Json {
  const { email, ...rest } = user.profile
  const withEmail = email !== undefined && context.app.scopes.has('users:read.email')
  return { ...user, profile: { ...rest, real_name: user.real_name, ...(withEmail ? { email } : {}) } }
}

function userInfo({ context, args }: Call): Json {
  return { ok: true, user: shown(context, userOf(context.workspace, requiredString(args, 'user'))) }
}

function userList({ context, args }: Call): Json {
  const page = paged([...context.workspace.users.values()], args, 200)
  return {
    ok: true,
    members: page.items.map((user) => shown(context, user)),
    response_metadata: { next_cursor: page.cursor },
  }
}

function lookupByEmail({ context, args }: Call): Json {
  const email = requiredString(args, 'email').toLowerCase()
  const user = [...context.workspace.users.values()].find((each) => each.profile.email === email && !each.deleted)
  if (user === undefined) throw new ApiError('users_not_found')
  return { ok: true, user: shown(context, user) }
}

function groupList({ context, args }: Call): Json {
  const withUsers = optionalFlag(args, 'include_users')
  return {
    ok: true,
    usergroups: [...context.workspace.userGroups.values()].map((group) => presentUserGroup(group, withUsers)),
  }
}

function groupUsers({ context, args }: Call): Json {
  const group = context.workspace.userGroups.get(requiredString(args, 'usergroup'))
  if (group === undefined) throw new ApiError('no_such_subteam')
  return { ok: true, users: group.users }
}
