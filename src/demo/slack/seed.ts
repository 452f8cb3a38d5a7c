import type { LocalChannel, LocalUser, LocalUserGroup } from './model.ts'

/** Ids of the one workspace and the one app installed in it. */
export const WORKSPACE = {
  teamId: 'T0LOCAL',
  teamName: 'Local workspace',
  teamDomain: 'local-workspace',
  appId: 'A0DOCTOR',
  botId: 'B0DOCTOR',
  botUser: 'U0DOC',
  slackbot: 'USLACKBOT',
} as const

type Traits = {
  readonly name: string
  readonly real: string
  readonly title: string
  readonly tz?: string
  readonly team?: string
  readonly bot?: boolean
  readonly deleted?: boolean
  readonly guest?: 'multi-channel' | 'single-channel'
}

function user(id: string, traits: Traits): LocalUser {
  const bot = traits.bot ?? false
  const team = traits.team ?? WORKSPACE.teamId
  return {
    id,
    team_id: team,
    name: traits.name,
    real_name: traits.real,
    deleted: traits.deleted ?? false,
    is_bot: bot,
    is_app_user: false,
    is_restricted: traits.guest !== undefined,
    is_ultra_restricted: traits.guest === 'single-channel',
    is_stranger: team !== WORKSPACE.teamId,
    tz: traits.tz ?? 'Europe/Berlin',
    profile: {
      display_name: traits.name,
      title: traits.title,
      ...(bot ? {} : { email: `${traits.name}@acme.example` }),
    },
  }
}

/** The people: on-call engineers who may approve, developers who may not, and everyone a check must refuse. */
export const seedUsers: readonly LocalUser[] = [
  user('U0ANA', { name: 'ana', real: 'Ana Ruiz', title: 'SRE, payments on-call' }),
  user('U0DAN', { name: 'dan', real: 'Dan Meyer', title: 'SRE, payments on-call', tz: 'America/New_York' }),
  user('U0CARA', { name: 'cara', real: 'Cara Lind', title: 'Developer, payments' }),
  user('U0BEN', { name: 'ben', real: 'Ben Okafor', title: 'Developer, checkout' }),
  user('U0GIL', { name: 'gil', real: 'Gil Moss', title: 'Contractor', guest: 'multi-channel' }),
  user('U0SUE', { name: 'sue', real: 'Sue Park', title: 'Auditor', guest: 'single-channel' }),
  user('U0EVE', { name: 'eve', real: 'Eve Stone', title: 'Partner company', team: 'T0OTHER' }),
  user('U0GONE', { name: 'tom', real: 'Tom Gray', title: 'Left last year', deleted: true }),
  user('U0CI', { name: 'ci', real: 'CI', title: '', bot: true }),
  user(WORKSPACE.botUser, { name: 'cluster_doctor', real: 'Cluster Doctor', title: '', bot: true }),
  user(WORKSPACE.slackbot, { name: 'slackbot', real: 'Slackbot', title: '', bot: true }),
]

const everyone = ['U0ANA', 'U0DAN', 'U0CARA', 'U0BEN', 'U0GIL']
const created = 1_767_225_600

function channel(
  id: string,
  name: string,
  kind: LocalChannel['kind'],
  topic: string,
  members: readonly string[],
): LocalChannel {
  return { id, name, kind, topic, purpose: '', archived: false, created, creator: 'U0ANA', members }
}

/** The conversations: the bot is a member of the first three, and deliberately not of the rest. */
export const seedChannels: readonly LocalChannel[] = [
  channel('C0ONCALL', 'payments-oncall', 'public', 'Pages and incidents of the payments team', [
    ...everyone,
    'U0SUE',
    'U0EVE',
    WORKSPACE.botUser,
  ]),
  channel('C0PLATFORM', 'platform', 'public', 'Clusters, pipelines, health reports', [...everyone, WORKSPACE.botUser]),
  channel('G0WARROOM', 'war-room', 'private', 'Major incidents', ['U0ANA', 'U0DAN', WORKSPACE.botUser]),
  channel('C0GENERAL', 'general', 'public', 'Company-wide announcements', everyone),
  channel('G0LEADS', 'leads', 'private', 'Team leads', ['U0ANA', 'U0BEN']),
  { ...channel('C0OLD', 'old-incidents', 'public', '', [...everyone, WORKSPACE.botUser]), archived: true },
]

/** The groups an approval policy names. */
export const seedUserGroups: readonly LocalUserGroup[] = [
  {
    id: 'S0ONCALL',
    handle: 'payments-oncall',
    name: 'Payments on-call',
    description: 'May approve changes to payments',
    users: ['U0ANA', 'U0DAN'],
  },
  {
    id: 'S0DEVS',
    handle: 'payments-dev',
    name: 'Payments developers',
    description: '',
    users: ['U0BEN', 'U0CARA'],
  },
]
