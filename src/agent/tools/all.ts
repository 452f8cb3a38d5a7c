import type { Tool } from '../tool.ts'
import { describeObject } from './describe-object.ts'
import { listEvents } from './list-events.ts'
import { listObjects } from './list-objects.ts'
import { lookAround } from './look-around.ts'
import { queryMetrics } from './query-metrics.ts'
import { readLogs } from './read-logs.ts'
import { readMetrics } from './read-metrics.ts'

/** The whole tool table, in an order that never changes: it is part of what is cached. None of them can change anything. */
export const tools: readonly Tool[] = [
  listObjects,
  describeObject,
  readLogs,
  listEvents,
  lookAround,
  readMetrics,
  queryMetrics,
]
