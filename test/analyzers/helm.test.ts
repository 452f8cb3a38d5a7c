import { analyzer } from '../../src/analyzers/helm.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'delivery')
