import { analyzer } from '../../src/analyzers/hpa-metrics.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'scaling')
