import { analyzer } from '../../src/analyzers/volume-mount-failing.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'references')
