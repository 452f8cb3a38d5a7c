import { analyzer } from '../../src/analyzers/pods-missing.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'pods-missing')
