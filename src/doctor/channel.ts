import type { Config, Route } from '../config.ts'

/** What of an incident decides where it is told. */
type Told = { readonly [K in 'cluster' | 'namespace' | 'team' | 'severity']?: Route[K] | undefined }

/** The channel that an incident of this place goes to: the first route that matches, else SLACK_CHANNEL, else none. */
export const channelFor = (config: Pick<Config, 'routes' | 'slack'>, incident: Told): string | undefined =>
  config.routes.find((route) =>
    (['cluster', 'namespace', 'team', 'severity'] as const).every(
      (part) => route[part] === undefined || route[part] === incident[part],
    ),
  )?.channel ?? config.slack?.channel
