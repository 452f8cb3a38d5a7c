import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { checkManifest, type Manifest } from './manifest.ts'

/** The manifest that this product ships; the same file an administrator pastes into Slack. */
const shippedManifest = new URL('../../../manifests/slack-app.yaml', import.meta.url)

/** An app as installed in the workspace: what it may do, and what it asked to be told. */
export type InstalledApp = {
  readonly name: string
  readonly scopes: ReadonlySet<string>
  readonly events: ReadonlySet<string>
  readonly commands: readonly InstalledCommand[]
  readonly shortcuts: readonly {
    readonly type: 'global' | 'message'
    readonly name: string
    readonly callbackId: string
  }[]
  readonly interactivity: boolean
  readonly homeTab: boolean
  readonly messagesTab: boolean
  readonly prompts: readonly { readonly title: string; readonly message: string }[]
  readonly agentDescription: string
}

/** One slash command; the hint is the usage text of the manifest. */
export type InstalledCommand = {
  readonly command: string
  readonly description: string
  readonly usageHint: string
  readonly shouldEscape: boolean
}

/** Reads the shipped manifest from disk. */
export function readShippedManifest(): unknown {
  return parse(readFileSync(shippedManifest, 'utf8'))
}

/** Installs an app from its manifest; throws with every reason where Slack would refuse the manifest. */
export function installApp(raw: unknown): InstalledApp {
  const checked = checkManifest(raw)
  if (checked.kind === 'refused') throw new Error(`Slack would refuse this manifest: ${checked.reasons.join('; ')}`)
  return installed(checked.manifest)
}

function installed(manifest: Manifest): InstalledApp {
  const { features, settings, oauth_config: oauth } = manifest
  return {
    name: manifest.display_information.name,
    scopes: new Set(oauth.scopes.bot),
    events: new Set(settings.event_subscriptions?.bot_events ?? []),
    commands: (features.slash_commands ?? []).map((each) => ({
      command: each.command,
      description: each.description,
      usageHint: each.usage_hint ?? '',
      shouldEscape: each.should_escape ?? false,
    })),
    shortcuts: (features.shortcuts ?? []).map((each) => ({
      type: each.type,
      name: each.name,
      callbackId: each.callback_id,
    })),
    interactivity: settings.interactivity?.is_enabled ?? false,
    homeTab: features.app_home?.home_tab_enabled ?? false,
    messagesTab:
      features.app_home?.messages_tab_enabled === true && features.app_home.messages_tab_read_only_enabled !== true,
    prompts: features.agent_view?.suggested_prompts ?? [],
    agentDescription: features.agent_view?.agent_description ?? '',
  }
}
