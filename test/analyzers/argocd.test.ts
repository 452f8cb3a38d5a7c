import { analyzer } from '../../src/analyzers/argocd.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'delivery')
