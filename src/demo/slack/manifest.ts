import { z } from 'zod'
import { botEvents, botScopes, scopeOfEvent } from './manifest-names.ts'

const https = z.url({ protocol: /^https$/ })
const scope = z.string().refine((name) => botScopes.has(name), { error: 'is not a bot scope' })
const event = z.string().refine((name) => botEvents.has(name), { error: 'is not a bot event' })
const prompt = z.strictObject({ title: z.string().min(1), message: z.string().min(1) })

const command = z.strictObject({
  command: z
    .string()
    .max(32)
    .regex(/^\/[a-z0-9_-]+$/, 'must start with / and hold lower-case letters, digits, - and _'),
  description: z.string().min(1).max(2000),
  usage_hint: z.string().max(1000).optional(),
  should_escape: z.boolean().optional(),
  url: https.optional(),
})

const shortcut = z.strictObject({
  type: z.enum(['global', 'message']),
  name: z.string().min(1).max(24),
  callback_id: z.string().min(1).max(255),
  description: z.string().min(1).max(150),
})

const features = z.strictObject({
  agent_view: z
    .strictObject({
      agent_description: z.string().max(300).optional(),
      suggested_prompts: z.array(prompt).max(4).optional(),
      actions: z.array(z.strictObject({ name: z.string().min(1), description: z.string().min(1) })).optional(),
    })
    .optional(),
  app_home: z
    .strictObject({
      home_tab_enabled: z.boolean().optional(),
      messages_tab_enabled: z.boolean().optional(),
      messages_tab_read_only_enabled: z.boolean().optional(),
    })
    .optional(),
  bot_user: z.strictObject({
    display_name: z
      .string()
      .max(80)
      .regex(/^[a-z0-9._-]+$/, 'may hold lower-case letters, digits, -, _ and .'),
    always_online: z.boolean().optional(),
  }),
  shortcuts: z.array(shortcut).max(10).optional(),
  slash_commands: z.array(command).max(50).optional(),
  unfurl_domains: z.array(z.string()).max(5).optional(),
})

const settings = z.strictObject({
  allowed_ip_address_ranges: z.array(z.string()).max(50).optional(),
  event_subscriptions: z
    .strictObject({ request_url: https.optional(), bot_events: z.array(event).max(100).optional() })
    .optional(),
  interactivity: z
    .strictObject({
      is_enabled: z.boolean(),
      request_url: https.optional(),
      message_menu_options_url: https.optional(),
    })
    .optional(),
  org_deploy_enabled: z.boolean().optional(),
  socket_mode_enabled: z.boolean().optional(),
  token_rotation_enabled: z.boolean().optional(),
  is_mcp_enabled: z.boolean().optional(),
})

const manifestSchema = z.strictObject({
  _metadata: z
    .strictObject({ major_version: z.union([z.literal(1), z.literal(2)]), minor_version: z.int().optional() })
    .optional(),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().max(140).optional(),
    long_description: z.string().min(175).max(4000).optional(),
    background_color: z
      .string()
      .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'must be a hex color')
      .optional(),
  }),
  features,
  oauth_config: z.strictObject({
    redirect_urls: z.array(https).max(1000).optional(),
    scopes: z.strictObject({
      bot: z.array(scope).min(1).max(255),
      bot_optional: z.array(scope).max(255).optional(),
    }),
    token_management_enabled: z.boolean().optional(),
  }),
  settings,
})

/** A manifest of a bot app on the agent surface, as far as this app uses the schema. */
export type Manifest = z.infer<typeof manifestSchema>

/** A manifest that Slack would take, or every reason why not, each with its place. */
export type ManifestCheck =
  | { readonly kind: 'accepted'; readonly manifest: Manifest }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

/** Checks an app manifest strictly: unknown keys, limits, scopes and events that exist, and that the parts fit together. */
export function checkManifest(raw: unknown): ManifestCheck {
  const parsed = manifestSchema.safeParse(raw)
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`)
    return { kind: 'refused', reasons }
  }
  const reasons = [...missingScopes(parsed.data), ...missingUrls(parsed.data), ...mismatches(parsed.data)]
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'accepted', manifest: parsed.data }
}

function missingScopes(manifest: Manifest): readonly string[] {
  const granted = new Set(manifest.oauth_config.scopes.bot)
  const needs: [string, string][] = (manifest.settings.event_subscriptions?.bot_events ?? []).flatMap((name) => {
    const needed = scopeOfEvent[name]
    return needed === undefined ? [] : [[`event ${name}`, needed] as [string, string]]
  })
  if ((manifest.features.slash_commands ?? []).length > 0) needs.push(['slash_commands', 'commands'])
  if ((manifest.features.shortcuts ?? []).length > 0) needs.push(['shortcuts', 'commands'])
  if (manifest.features.agent_view !== undefined) needs.push(['agent_view', 'assistant:write'])
  return needs
    .filter(([, needed]) => !granted.has(needed))
    .map(([what, needed]) => `oauth_config.scopes.bot: ${what} needs ${needed}`)
}

function missingUrls(manifest: Manifest): readonly string[] {
  if (manifest.settings.socket_mode_enabled === true) return []
  const reasons: string[] = []
  const { event_subscriptions: events, interactivity } = manifest.settings
  if ((events?.bot_events ?? []).length > 0 && events?.request_url === undefined) {
    reasons.push('settings.event_subscriptions.request_url: needed without Socket Mode')
  }
  if (interactivity?.is_enabled === true && interactivity.request_url === undefined) {
    reasons.push('settings.interactivity.request_url: needed without Socket Mode')
  }
  for (const [index, each] of (manifest.features.slash_commands ?? []).entries()) {
    if (each.url === undefined) reasons.push(`features.slash_commands.${index}.url: needed without Socket Mode`)
  }
  return reasons
}

function mismatches(manifest: Manifest): readonly string[] {
  const reasons: string[] = []
  const events = new Set(manifest.settings.event_subscriptions?.bot_events ?? [])
  const { agent_view: agent, app_home: home, shortcuts = [], slash_commands: commands = [] } = manifest.features
  if (agent === undefined && [...events].some((name) => name.startsWith('agent_session'))) {
    reasons.push('features.agent_view: agent session events need it')
  }
  if (agent !== undefined && !events.has('message.im')) {
    reasons.push('settings.event_subscriptions.bot_events: agent_view needs message.im')
  }
  if (agent !== undefined && home?.messages_tab_enabled !== true) {
    reasons.push('features.app_home.messages_tab_enabled: agent_view needs it')
  }
  if (shortcuts.length > 0 && manifest.settings.interactivity?.is_enabled !== true) {
    reasons.push('settings.interactivity.is_enabled: shortcuts need it')
  }
  for (const [what, names] of [
    ['features.slash_commands', commands.map((each) => each.command)],
    ['features.shortcuts', shortcuts.map((each) => each.callback_id)],
    ['oauth_config.scopes.bot', manifest.oauth_config.scopes.bot],
  ] as const) {
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) reasons.push(`${what}: ${twice} is there twice`)
  }
  return reasons
}
