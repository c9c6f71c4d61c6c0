#!/usr/bin/env node
// Links that `bundle plugin install` of an earlier build made lead here.
import './bundle.cjs';
