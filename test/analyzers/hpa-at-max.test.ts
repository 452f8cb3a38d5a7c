import { analyzer } from '../../src/analyzers/hpa-at-max.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'scaling')
