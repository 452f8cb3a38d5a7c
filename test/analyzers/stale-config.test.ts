import { analyzer } from '../../src/analyzers/stale-config.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'references')
