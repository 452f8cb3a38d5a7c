import type { Config } from '../config.ts'

/** The channel that an incident of this place goes to: the first route that matches, else SLACK_CHANNEL, else none. */
export const channelFor = (
  config: Pick<Config, 'routes' | 'slack'>,
  place: { readonly cluster: string; readonly namespace?: string | undefined },
): string | undefined =>
  config.routes.find(
    (route) =>
      (route.cluster === undefined || route.cluster === place.cluster) &&
      (route.namespace === undefined || route.namespace === place.namespace),
  )?.channel ?? config.slack?.channel
