import { analyzer } from '../../src/analyzers/hpa-target.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'scaling')
