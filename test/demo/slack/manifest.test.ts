import { describe, expect, it } from 'vitest'
import { readShippedManifest } from '../../../src/demo/slack/app.ts'
import { checkManifest, type Manifest } from '../../../src/demo/slack/manifest.ts'

type Draft = { -readonly [K in keyof Manifest]: Manifest[K] } & Record<string, unknown>

function reasons(change: (draft: Draft) => void): readonly string[] {
  const draft = structuredClone(readShippedManifest()) as Draft
  change(draft)
  const checked = checkManifest(draft)
  return checked.kind === 'refused' ? checked.reasons : []
}

describe('the app manifest', () => {
  it('is one that Slack takes', () => {
    expect(reasons(() => {})).toEqual([])
  })

  it('offers one command, the agent surface and both App Home tabs', () => {
    const manifest = readShippedManifest() as Manifest
    expect(manifest.features.slash_commands?.map((each) => each.command)).toEqual(['/doctor'])
    expect(manifest.features.agent_view?.suggested_prompts).toHaveLength(4)
    expect(manifest.features.app_home).toMatchObject({ home_tab_enabled: true, messages_tab_enabled: true })
    expect(manifest.settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } })
  })

  const broken: [what: string, change: (draft: Draft) => void, reason: RegExp][] = [
    [
      'an unknown key',
      (m) => {
        m['icon'] = 'x'
      },
      /icon/,
    ],
    [
      'a long name',
      (m) => {
        m.display_information.name = 'x'.repeat(36)
      },
      /display_information\.name/,
    ],
    [
      'the legacy assistant surface',
      (m) => {
        Object.assign(m.features, { assistant_view: {} })
      },
      /assistant_view/,
    ],
    [
      'a fifth prompt',
      (m) => {
        m.features.agent_view?.suggested_prompts?.push({ title: 'a', message: 'b' })
      },
      /suggested_prompts/,
    ],
    [
      'a command without slash',
      (m) => {
        Object.assign(m.features.slash_commands?.[0] ?? {}, { command: 'doctor' })
      },
      /slash_commands\.0\.command/,
    ],
    [
      'a scope that does not exist',
      (m) => {
        m.oauth_config.scopes.bot.push('cluster:admin')
      },
      /is not a bot scope/,
    ],
    [
      'an event without its scope',
      (m) => {
        m.settings.event_subscriptions?.bot_events?.push('reaction_added')
      },
      /reactions:read/,
    ],
    [
      'a command without its scope',
      (m) => {
        m.oauth_config.scopes.bot = m.oauth_config.scopes.bot.filter((s) => s !== 'commands')
      },
      /needs commands/,
    ],
    [
      'HTTP without URLs',
      (m) => {
        m.settings.socket_mode_enabled = false
      },
      /request_url: needed without Socket Mode/,
    ],
    [
      'a plain-http URL',
      (m) => {
        Object.assign(m.settings.interactivity ?? {}, { request_url: 'http://x.dev/slack' })
      },
      /request_url/,
    ],
    [
      'an agent without direct messages',
      (m) => {
        Object.assign(m.settings, { event_subscriptions: { bot_events: ['app_mention'] } })
      },
      /message\.im/,
    ],
  ]
  it.each(broken)('refuses %s', (_what, change, reason) => {
    expect(reasons(change).join('\n')).toMatch(reason)
  })
})
