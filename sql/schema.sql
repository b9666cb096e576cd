-- The tables that are published: columns, types, keys, rules and comments, in the order in which they are built.
-- Nothing of this is repeated elsewhere; the other files only say how rows are made.
-- Times are UTC without a zone. Surrogate keys are the first 60 bits of the MD5 of the natural key.
-- For a longer lake the tables are made without UNIQUE, REFERENCES and a PRIMARY KEY of several columns, and for a very
-- long one without any key, because indexes would take more room, and in the end more time, than everything else. NOT
-- NULL and CHECK always stand. The checks no_row_twice and no_orphan_keys are made from the
-- keys in this file and prove them either way. A key that no constraint can hold is declared in its table's comment:
-- `Key, proven by checks: one_column, another.`

-- Calendar, from the first to the last day that a list or an observation names. Grain: day.
CREATE TABLE dim_date (
    date DATE PRIMARY KEY, -- The day
    year SMALLINT NOT NULL, -- Calendar year
    quarter SMALLINT NOT NULL CHECK (quarter BETWEEN 1 AND 4), -- Calendar quarter
    month SMALLINT NOT NULL CHECK (month BETWEEN 1 AND 12), -- Calendar month
    month_name VARCHAR NOT NULL, -- Name of the month, in English
    month_start DATE NOT NULL, -- First day of the month
    iso_year SMALLINT NOT NULL, -- Year that the ISO 8601 week belongs to
    iso_week SMALLINT NOT NULL CHECK (iso_week BETWEEN 1 AND 53), -- ISO 8601 week
    day_of_week SMALLINT NOT NULL CHECK (day_of_week BETWEEN 1 AND 7), -- 1 is Monday, 7 is Sunday
    weekday VARCHAR NOT NULL, -- Name of the weekday, in English
    is_weekend BOOLEAN NOT NULL -- Saturday or Sunday
);

-- Where lists of papers come from. Grain: source.
CREATE TABLE dim_source (
    source_key BIGINT PRIMARY KEY, -- Surrogate key, from source
    source VARCHAR NOT NULL UNIQUE, -- Name of the source
    description VARCHAR NOT NULL, -- What it is
    precedence INTEGER NOT NULL UNIQUE CHECK (precedence > 0), -- Rank among the sources; 1 wins where they disagree
    licence VARCHAR NOT NULL, -- Licence of what the source publishes
    is_live BOOLEAN NOT NULL, -- Its votes move and are counted when it is asked; FALSE where a list never changes
    knows_author_order BOOLEAN NOT NULL, -- It lists the authors in the order of the paper
    names_days BOOLEAN NOT NULL, -- Its lists are of a day; FALSE where they only show votes
    lists_papers BOOLEAN NOT NULL -- It lists papers; FALSE where it describes papers that others list
);

-- Who captured what the sources published. Grain: archive.
CREATE TABLE dim_archive (
    archive_key BIGINT PRIMARY KEY, -- Surrogate key, from archive
    archive VARCHAR NOT NULL UNIQUE, -- Name of the archive; own for the captures of this warehouse
    url VARCHAR, -- Where the archive lies; NULL for own captures
    format VARCHAR, -- Format of its files; NULL for own captures
    licence VARCHAR, -- Licence of the archive; NULL for own captures, which are under the licence of their source
    captures BIGINT NOT NULL, -- Its captures, each of a day of a source at a time
    papers BIGINT NOT NULL, -- Papers that they hold
    unlisted_papers BIGINT NOT NULL, -- Those that no list of any source names, so that no other table has them
    first_day DATE, -- First day of its lists, and for feeds of its captures; NULL without papers
    last_day DATE, -- Last of these days; NULL without papers
    first_captured_at TIMESTAMP, -- When its first capture was made, UTC; NULL without captures
    last_captured_at TIMESTAMP, -- When its last capture was made, UTC; NULL without captures
    last_commit VARCHAR -- Commit of its last capture; NULL for own captures
);

-- Organisations that papers were submitted for. Grain: organisation.
CREATE TABLE dim_organization (
    organization_key BIGINT PRIMARY KEY, -- Surrogate key, from name
    name VARCHAR NOT NULL UNIQUE, -- Name on Hugging Face, as in the address of its page
    full_name VARCHAR, -- Full name; NULL is unknown
    canonical_name VARCHAR NOT NULL -- Name that stands for all organisations with this full name; meta_folding says why
);

-- Keywords that sources give papers. Grain: keyword.
CREATE TABLE dim_keyword (
    keyword_key BIGINT PRIMARY KEY, -- Surrogate key, from keyword
    keyword VARCHAR NOT NULL UNIQUE, -- The keyword in lower case, white space folded
    canonical_keyword VARCHAR NOT NULL -- Keyword that stands for it and for its other spellings; meta_folding says why
);

-- Subjects of papers. Grain: subject.
CREATE TABLE dim_category (
    category_key BIGINT PRIMARY KEY, -- Surrogate key, from category
    category VARCHAR NOT NULL UNIQUE, -- Subject as arXiv writes it, such as cs.CL
    name VARCHAR NOT NULL, -- arXiv's name of the subject; the subject itself where arXiv names none
    archive VARCHAR, -- arXiv's archive of the subject, such as cs; NULL where arXiv names none
    archive_name VARCHAR -- arXiv's name of the archive; NULL where arXiv names none
);

-- Papers in their current state; where sources disagree, the one with the better precedence wins. Grain: paper.
CREATE TABLE dim_paper (
    paper_key BIGINT PRIMARY KEY, -- Surrogate key, from arxiv_id
    arxiv_id VARCHAR NOT NULL UNIQUE, -- arXiv id without its version
    title VARCHAR NOT NULL CHECK (title <> ''), -- Title, white space folded
    abstract VARCHAR, -- Abstract; NULL is unknown
    published_on DATE, -- Day on which arXiv published it; NULL is unknown
    submitted_at TIMESTAMP, -- When it was put on the list, UTC; NULL is unknown
    first_listed_on DATE NOT NULL REFERENCES dim_date (date), -- First day on any list
    last_listed_on DATE NOT NULL REFERENCES dim_date (date), -- Last day on any list
    listing_count INTEGER NOT NULL CHECK (listing_count > 0), -- Rows in fact_listing: each source and day counts once
    author_count INTEGER CHECK (author_count > 0), -- Distinct names in its list of authors; NULL where no list is known
    keyword_count INTEGER CHECK (keyword_count >= 0), -- Keywords; NULL where no source gave any list of them
    latest_votes INTEGER CHECK (latest_votes >= 0), -- Last known votes, from any source; NULL is unknown
    votes_seen_at TIMESTAMP, -- When latest_votes were last observed, UTC; NULL is unknown
    peak_votes INTEGER CHECK (peak_votes >= 0), -- Most votes ever observed; NULL is unknown
    comments INTEGER CHECK (comments >= 0), -- Comments at the newest capture; NULL is unknown
    github_stars INTEGER CHECK (github_stars >= 0), -- Stars of its repository at the newest capture; NULL is unknown
    arxiv_url VARCHAR NOT NULL, -- Address of its page at arXiv
    pdf_url VARCHAR NOT NULL, -- Address of its PDF at arXiv
    page_url VARCHAR NOT NULL, -- Address of its page at Hugging Face
    thumbnail_url VARCHAR, -- Address of its picture; NULL is unknown
    video_url VARCHAR, -- Address of its video; NULL is unknown
    github_repo VARCHAR, -- Address of its repository; NULL is unknown
    project_page VARCHAR, -- Address of its own page; NULL is unknown
    ai_summary VARCHAR, -- Summary in a sentence, written by a language model; NULL is unknown
    submitted_by VARCHAR, -- Hugging Face user who put it on the list; NULL is unknown
    organization_key BIGINT REFERENCES dim_organization (organization_key), -- Organisation; NULL is unknown
    has_github_repo BOOLEAN, -- It has a repository; NULL where no answer that holds it could say
    has_project_page BOOLEAN, -- It has a page of its own; NULL where no answer that holds it could say
    has_organization BOOLEAN, -- It was submitted for an organisation; NULL where no answer that holds it could say
    has_video BOOLEAN, -- It has a video; NULL where no answer that holds it could say
    is_withdrawn BOOLEAN, -- Withdrawn, as of the newest capture; NULL where no answer that holds it could say
    is_still_listed BOOLEAN NOT NULL, -- A list that named it still does, as of the newest capture of its day
    authors_truncated BOOLEAN NOT NULL, -- Its list of authors was cut in print, so that some are unknown
    primary_category VARCHAR, -- Its main subject at arXiv, such as cs.CL; NULL is unknown
    -- Number of its newest version at arXiv; NULL is unknown
    latest_arxiv_version INTEGER CHECK (latest_arxiv_version > 0),
    arxiv_updated_on DATE, -- Day of that version; NULL is unknown
    arxiv_comment VARCHAR, -- The authors' comment at arXiv; NULL where there is none, or nobody asked
    doi VARCHAR, -- DOI of what was published elsewhere; NULL where there is none, or nobody asked
    journal_ref VARCHAR, -- Where it was published, as printed; NULL where there is none, or nobody asked
    code_url_in_comment VARCHAR, -- Address of code that the comment prints; NULL where it prints none
    venue_as_printed VARCHAR, -- Where the comment says that it is accepted or published; NULL where it does not
    CHECK (first_listed_on <= last_listed_on),
    CHECK (latest_votes <= peak_votes),
    CHECK ((latest_votes IS NULL) = (votes_seen_at IS NULL))
);

-- Titles of papers as they changed (slowly changing, type 2). Key, proven by checks: paper_key, title. Grain: paper x
-- distinct title.
CREATE TABLE dim_paper_version (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    version SMALLINT NOT NULL CHECK (version > 0), -- Number of the title, 1 is the first
    title VARCHAR NOT NULL, -- Title, white space folded
    valid_from TIMESTAMP NOT NULL, -- First capture with this title, UTC; if the title came back, the first since then
    valid_to TIMESTAMP, -- First capture with the next title, UTC; NULL for the current title
    is_current BOOLEAN NOT NULL, -- This is the title in use
    PRIMARY KEY (paper_key, version)
);

-- Names of authors, as papers print them. A name is not a person: two people may share one. Grain: normalised name.
CREATE TABLE dim_author (
    author_key BIGINT PRIMARY KEY, -- Surrogate key, from name_normalized
    name VARCHAR NOT NULL, -- The spelling that is printed most often
    name_normalized VARCHAR NOT NULL UNIQUE, -- NFKC, case and white space folded, TeX accents decoded
    hf_user VARCHAR, -- Hugging Face user; NULL where none is linked, or where the links of the name disagree
    first_listed_on DATE NOT NULL REFERENCES dim_date (date), -- First day on which a paper with the name was listed
    last_listed_on DATE NOT NULL REFERENCES dim_date (date), -- Last day on which a paper with the name was listed
    paper_count INTEGER NOT NULL CHECK (paper_count > 0) -- Papers with the name
);

-- Authors of papers, from the best list of each paper. Grain: paper x author.
CREATE TABLE bridge_paper_author (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    author_key BIGINT NOT NULL REFERENCES dim_author (author_key), -- Author
    position INTEGER CHECK (position > 0), -- Place in the list, 1 is first; NULL where no source knows the order
    is_first BOOLEAN, -- First author; NULL where no source knows the order
    is_last BOOLEAN, -- Last author; NULL where no source knows the order
    weight DOUBLE NOT NULL CHECK (weight > 0 AND weight <= 1), -- 1 / number of authors: a paper's weights sum to 1
    name_as_printed VARCHAR NOT NULL, -- The name as this paper prints it
    is_hidden BOOLEAN, -- Hugging Face does not show the author with the paper; NULL is unknown
    affiliation VARCHAR, -- Affiliation as the paper prints it; NULL is unknown
    PRIMARY KEY (paper_key, author_key)
);

-- Keywords of papers, from the newest list of each paper. Grain: paper x keyword.
CREATE TABLE bridge_paper_keyword (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    keyword_key BIGINT NOT NULL REFERENCES dim_keyword (keyword_key), -- Keyword
    PRIMARY KEY (paper_key, keyword_key)
);

-- Subjects of papers. Grain: paper x subject.
CREATE TABLE bridge_paper_category (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    category_key BIGINT NOT NULL REFERENCES dim_category (category_key), -- Subject
    is_primary BOOLEAN NOT NULL, -- It is the paper's main subject
    PRIMARY KEY (paper_key, category_key)
);

-- Papers on the lists. Grain: paper x source x day listed.
CREATE TABLE fact_listing (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source of the list
    listed_on DATE NOT NULL REFERENCES dim_date (date), -- Day of the list, as the source dates it
    rank INTEGER CHECK (rank > 0), -- Place in the day's fullest capture, 1 is first; NULL if that lacks the paper
    votes_at_capture INTEGER CHECK (votes_at_capture >= 0), -- Votes at the first capture that holds it; NULL is unknown
    is_still_listed BOOLEAN NOT NULL, -- The newest capture of the day holds it; FALSE if it was moved or taken off
    PRIMARY KEY (paper_key, source_key, listed_on)
);

-- Every time that somebody saw the votes of a paper, changed or not. Key, proven by checks: paper_key, source_key,
-- archive_key, observed_at, listed_on. Grain: paper x source x archive x time observed x day listed.
CREATE TABLE fact_observation (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source that counted
    archive_key BIGINT NOT NULL REFERENCES dim_archive (archive_key), -- Who captured
    observed_at TIMESTAMP NOT NULL, -- When the votes were counted, UTC
    listed_on DATE REFERENCES dim_date (date), -- Day of the list; NULL where the list names none
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the list at that time, 1 is first
    votes INTEGER CHECK (votes >= 0), -- Votes; NULL is unknown, 0 is zero
    comments INTEGER CHECK (comments >= 0), -- Comments; NULL is unknown
    github_stars INTEGER CHECK (github_stars >= 0), -- Stars of its repository; NULL is unknown
    hours_since_submitted DOUBLE, -- Age of the paper, from its submission to its first list; NULL is unknown
    hours_since_listed DOUBLE NOT NULL, -- Age of the paper, from 00:00 UTC of the first day on any list
    is_new BOOLEAN NOT NULL, -- The answer said something new; FALSE where it equalled the answer before it
    is_on_curve BOOLEAN NOT NULL, -- The one observation of its paper and time that curves of votes run through
    doubt VARCHAR CHECK (
        doubt IN ('future', 'another day', 'implausible', 'contradicted')
    ) -- Why it counts for nothing else: later than the build, on another day's list, or votes unlike others
);

-- Votes as they move: the observations that say something new and are not doubted. Key, proven by checks: paper_key,
-- source_key, archive_key, captured_at, listed_on. Grain: paper x source x archive x capture x day listed.
CREATE TABLE fact_vote (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source that counted
    captured_at TIMESTAMP NOT NULL, -- When the votes were counted, UTC
    listed_on DATE REFERENCES dim_date (date), -- Day of the list; NULL where the list names none
    votes INTEGER CHECK (votes >= 0), -- Votes; NULL is unknown, 0 is zero
    votes_gained INTEGER, -- Votes since the capture before, same paper and source; NULL for the first or if unknown
    comments INTEGER CHECK (comments >= 0), -- Comments; NULL is unknown
    github_stars INTEGER CHECK (github_stars >= 0), -- Stars of its repository; NULL is unknown
    archive_key BIGINT NOT NULL REFERENCES dim_archive (archive_key) -- Who captured
);

-- Votes at fixed ages, by which papers compare. Grain: paper x age, between the observations of the paper.
CREATE TABLE fact_vote_age (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    age_hours INTEGER NOT NULL CHECK (age_hours > 0), -- Hours since it was submitted, or since its day began
    votes DOUBLE NOT NULL CHECK (votes >= 0), -- Votes at that age, on a line between two observations
    is_interpolated BOOLEAN NOT NULL, -- FALSE if observed at that moment
    gap_hours DOUBLE NOT NULL CHECK (gap_hours >= 0), -- Hours between the two; 0 if observed at that moment
    is_narrow BOOLEAN NOT NULL, -- The gap is at most twice the age, so that papers compare by the votes
    PRIMARY KEY (paper_key, age_hours)
);

-- Votes day by day, from the first to the last day on which they were observed. Grain: paper x day.
CREATE TABLE fact_vote_day (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    date DATE NOT NULL REFERENCES dim_date (date), -- Day, UTC
    days_since_listed INTEGER NOT NULL, -- Days since the paper was first listed
    votes INTEGER NOT NULL CHECK (votes >= 0), -- Last votes known by the end of the day, from any source
    is_observed BOOLEAN NOT NULL, -- Observed on that day; FALSE where the votes of an earlier day are carried forward
    PRIMARY KEY (paper_key, date)
);

-- Summaries of papers in sections, as the lists print them. Grain: paper x source x day listed x place.
CREATE TABLE fact_section (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    source_key BIGINT NOT NULL REFERENCES dim_source (source_key), -- Source
    listed_on DATE NOT NULL REFERENCES dim_date (date), -- Day of the list
    position INTEGER NOT NULL CHECK (position > 0), -- Place under the paper, 1 is first
    heading VARCHAR, -- Canonical heading; NULL where the list prints none
    heading_as_printed VARCHAR, -- Heading as printed; NULL where the list prints none
    text VARCHAR NOT NULL, -- Text without its heading
    language VARCHAR, -- ko, en, zh or ja, judged by the script of the text; NULL is unknown
    PRIMARY KEY (paper_key, source_key, listed_on, position)
);

-- Every attempt to fetch a list. Grain: source x day x page x time of asking x address.
CREATE TABLE meta_fetch (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day that was asked for
    page INTEGER NOT NULL, -- Page of the list, 0 is first
    url VARCHAR NOT NULL, -- Address that was asked
    fetched_at TIMESTAMP NOT NULL, -- When it was asked, UTC
    captured_at TIMESTAMP NOT NULL, -- When the votes in the answer were counted, UTC
    time_basis VARCHAR NOT NULL CHECK (
        time_basis IN ('measured', 'committed', 'assumed')
    ), -- What is known of that time: it was measured, or committed (it is that or earlier), or a usual hour is assumed
    archive VARCHAR NOT NULL, -- Who captured; own is this warehouse
    commit VARCHAR, -- Commit of the archive that holds the answer; NULL for own captures
    path VARCHAR, -- File in the archive; NULL for own captures
    status INTEGER, -- HTTP status; NULL without an answer
    etag VARCHAR, -- ETag of the answer; NULL where it has none
    sha256 VARCHAR, -- Name of the answer in the raw store; NULL without an answer
    bytes BIGINT, -- Bytes of the answer; NULL where none were moved
    items INTEGER, -- Papers in the answer; NULL where they cannot be counted
    outcome VARCHAR NOT NULL CHECK (
        outcome IN ('fetched', 'unchanged', 'missing', 'empty', 'incomplete', 'failed', 'future')
    ), -- How the attempt ended
    reason VARCHAR -- Why, in a line; NULL where there is nothing to say
);

-- Every rejected piece of an answer: it broke a rule, so it is in no other table. Grain: piece of a day of an archive.
CREATE TABLE meta_reject (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day of the list
    captured_at TIMESTAMP NOT NULL, -- First capture that it stood in, UTC
    last_captured_at TIMESTAMP NOT NULL, -- Last capture that it stood in, UTC
    archive VARCHAR NOT NULL, -- Archive of these captures; own is this warehouse
    rule VARCHAR NOT NULL, -- Name of the rule that it broke
    reason VARCHAR NOT NULL, -- What is wrong, in a line
    arxiv_id VARCHAR, -- Paper that it belongs to; NULL is unknown
    line_start INTEGER, -- First line of the piece; NULL where the answer has no lines
    line_end INTEGER, -- Last line of the piece; NULL where the answer has no lines
    raw VARCHAR NOT NULL -- Its text as it came
);

-- Keywords and organisations for which another one stands, and why. Grain: kind x name.
CREATE TABLE meta_folding (
    kind VARCHAR NOT NULL CHECK (kind IN ('keyword', 'organization')), -- What it names
    name VARCHAR NOT NULL, -- The name as the source spells it
    canonical_name VARCHAR NOT NULL, -- The name that stands for it
    rule VARCHAR NOT NULL CHECK (
        rule IN ('abbreviation', 'parentheses', 'hyphen', 'plural', 'full name')
    ), -- Why: one is short for the other, names its abbreviation, or differs in hyphens, a plural or the name alone
    evidence VARCHAR NOT NULL, -- What in the data proves the rule, in a line
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the name
    canonical_papers INTEGER NOT NULL CHECK (canonical_papers >= 0), -- Papers with the name that stands for it
    PRIMARY KEY (kind, name),
    CHECK (name <> canonical_name)
);

-- Papers whose title or authors differ between their best list and arXiv. Grain: paper x kind.
CREATE TABLE meta_difference (
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key), -- Paper
    kind VARCHAR NOT NULL CHECK (
        kind IN ('title', 'number of authors', 'names of authors', 'order of authors')
    ), -- What differs
    listed VARCHAR, -- The list's title, or the names that only the list has; NULL where it has no other names
    described VARCHAR, -- arXiv's title, or the names that only arXiv has; NULL where it has no other names
    PRIMARY KEY (paper_key, kind)
);

-- What was taken out of this release by hand. Grain: capture, or paper. Key, proven by checks: kind, arxiv_id_sha256,
-- source, date, captured_at, archive.
CREATE TABLE meta_exclusion (
    kind VARCHAR NOT NULL CHECK (kind IN ('capture', 'paper')), -- What was taken out
    source VARCHAR CHECK ((source IS NULL) = (kind = 'paper')), -- Source of the capture; NULL for a paper
    date DATE CHECK ((date IS NULL) = (kind = 'paper')), -- Day of the list; NULL for a paper
    captured_at TIMESTAMP CHECK (
        (captured_at IS NULL) = (kind = 'paper')
    ), -- Time of the capture, UTC; NULL for a paper
    archive VARCHAR CHECK (
        (archive IS NULL) = (kind = 'paper')
    ), -- Archive of the capture, own is this warehouse; NULL for a paper
    arxiv_id VARCHAR CHECK (arxiv_id IS NULL OR kind = 'paper'), -- Paper; NULL for a capture and for what was purged
    arxiv_id_sha256 VARCHAR CHECK (
        (arxiv_id_sha256 IS NULL) = (kind = 'capture')
    ), -- SHA-256 of the paper's arXiv id; NULL for a capture
    is_purged BOOLEAN NOT NULL, -- Whether it was taken out of raw bytes and history, too
    reason VARCHAR NOT NULL, -- Why, in the words of whoever took it out
    excluded_at TIMESTAMP NOT NULL -- When it was taken out, UTC
);

-- What was corrected by hand: each value replaces what every source says. Grain: paper x field.
CREATE TABLE meta_correction (
    arxiv_id VARCHAR NOT NULL, -- arXiv id without its version
    field VARCHAR NOT NULL, -- Column of dim_paper; `organization` is its organisation's name
    value VARCHAR, -- What every release has instead; NULL is unknown
    reason VARCHAR NOT NULL, -- Why, in the words of whoever corrected it
    corrected_at TIMESTAMP NOT NULL, -- When it was corrected, UTC
    PRIMARY KEY (arxiv_id, field)
);

-- Papers with names in place of keys, for BI tools. Grain: paper.
CREATE TABLE mart_paper (
    arxiv_id VARCHAR PRIMARY KEY, -- arXiv id without its version
    title VARCHAR NOT NULL, -- Title
    first_listed_on DATE NOT NULL, -- First day on any list
    last_listed_on DATE NOT NULL, -- Last day on any list
    published_on DATE, -- Day on which arXiv published it; NULL is unknown
    latest_votes INTEGER, -- Last known votes, from any source; NULL is unknown
    votes_seen_at TIMESTAMP, -- When these were seen, UTC; NULL is unknown
    peak_votes INTEGER, -- Most votes ever observed; NULL is unknown
    votes_72h DOUBLE, -- Votes at the age of 72 hours, to compare papers by; NULL is not known closely enough
    comments INTEGER, -- Comments at the newest capture; NULL is unknown
    github_stars INTEGER, -- Stars of its repository at the newest capture; NULL is unknown
    author_count INTEGER, -- Authors; NULL is unknown
    first_author VARCHAR, -- First author; NULL where the order is unknown
    last_author VARCHAR, -- Last author; NULL where the order is unknown
    organization VARCHAR, -- Organisation's canonical name on Hugging Face; NULL is unknown
    organization_full_name VARCHAR, -- Organisation's full name; NULL is unknown
    primary_category VARCHAR, -- Main subject at arXiv, such as cs.CL; NULL is unknown
    categories VARCHAR, -- Its subjects at arXiv, the main one first, joined by a comma and blank; NULL is unknown
    listing_count INTEGER NOT NULL, -- Rows in fact_listing: each source and day counts once
    listed_by VARCHAR NOT NULL, -- Names of the sources that list it, in alphabetical order, joined by a comma and blank
    is_still_listed BOOLEAN NOT NULL, -- A list that named it still does, as of the newest capture of its day
    is_withdrawn BOOLEAN, -- Withdrawn, as of the newest capture; NULL where no answer that holds it could say
    has_github_repo BOOLEAN, -- It has a repository; NULL where no answer that holds it could say
    has_project_page BOOLEAN, -- It has a page of its own; NULL where no answer that holds it could say
    has_organization BOOLEAN, -- It was submitted for an organisation; NULL where no answer that holds it could say
    arxiv_url VARCHAR NOT NULL, -- Address of its page at arXiv
    page_url VARCHAR NOT NULL, -- Address of its page at Hugging Face
    github_repo VARCHAR, -- Address of its repository; NULL is unknown
    code_url_in_comment VARCHAR, -- Address of code that the authors' comment prints; NULL where it prints none
    latest_arxiv_version INTEGER, -- Number of its newest version at arXiv; NULL is unknown
    arxiv_updated_on DATE, -- Day of that version; NULL is unknown
    arxiv_comment VARCHAR, -- The authors' comment at arXiv; NULL where there is none, or nobody asked
    venue_as_printed VARCHAR, -- Where the comment says that it is accepted or published; NULL where it does not
    journal_ref VARCHAR, -- Where it was published, as printed; NULL where there is none, or nobody asked
    doi VARCHAR, -- DOI of what was published elsewhere; NULL where there is none, or nobody asked
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key) -- Key in dim_paper
);

-- What became of each day, from the first to the last that a source was asked for. Grain: source x day.
CREATE TABLE mart_coverage (
    source VARCHAR NOT NULL, -- Source
    date DATE NOT NULL, -- Day
    status VARCHAR NOT NULL CHECK (
        status IN ('published', 'empty', 'missing', 'incomplete', 'failed', 'never asked')
    ), -- published, empty, missing, incomplete, failed; never asked: nobody fetched that day
    papers INTEGER NOT NULL, -- Papers listed
    papers_in_answer INTEGER, -- Papers in the newest answer, rejected ones too; below papers where the list shrank
    captures INTEGER NOT NULL, -- Captures whose votes are kept
    rejects INTEGER NOT NULL, -- Rejected pieces
    attempts INTEGER NOT NULL, -- Attempts to fetch
    last_attempt_at TIMESTAMP, -- When the newest attempt was made, UTC; NULL where there was none
    last_outcome VARCHAR, -- Outcome of the newest attempt; NULL where there was none
    last_reason VARCHAR, -- Why, or what was new in the answer, in a line; NULL where there is nothing to say
    is_weekend BOOLEAN NOT NULL, -- Saturday or Sunday, when few lists appear
    PRIMARY KEY (source, date)
);

-- Names of authors with their papers, places and votes. A name is not a person. Grain: normalised name.
CREATE TABLE mart_author (
    author_key BIGINT PRIMARY KEY, -- Key in dim_author
    name VARCHAR NOT NULL, -- The spelling that is printed most often
    hf_user VARCHAR, -- Hugging Face user; NULL where none is linked, or where the links of the name disagree
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the name
    ordered_papers INTEGER NOT NULL CHECK (ordered_papers <= papers), -- Those whose order of authors is known
    first_author_papers INTEGER, -- Of those, with the name first (alone is first and last); NULL if no order is known
    last_author_papers INTEGER, -- Of those, with the name last (alone is first and last); NULL if no order is known
    fractional_credit DOUBLE NOT NULL, -- Sum over its papers of 1 / number of authors
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    fractional_votes DOUBLE, -- The same sum, with each paper's votes divided by its number of authors; NULL is unknown
    best_arxiv_id VARCHAR, -- Its paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper; NULL is unknown
    best_votes INTEGER, -- Last known votes of that paper; NULL is unknown
    first_listed_on DATE NOT NULL, -- First day on which a paper with the name was listed
    last_listed_on DATE NOT NULL -- Last day on which a paper with the name was listed
);

-- Organisations with their papers, votes and stars; those with one full name are one. Grain: canonical organisation.
CREATE TABLE mart_organization (
    organization_key BIGINT PRIMARY KEY, -- Key in dim_organization
    name VARCHAR NOT NULL, -- Canonical name on Hugging Face, as in the address of its page
    full_name VARCHAR, -- Full name; NULL is unknown
    names INTEGER NOT NULL CHECK (names > 0), -- Names on Hugging Face that it stands for, its own included
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    mean_votes DOUBLE, -- Votes per paper whose votes are known; NULL is unknown
    github_stars BIGINT, -- Stars of its papers' repositories, each repository once; NULL is unknown
    best_arxiv_id VARCHAR, -- Its paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper; NULL is unknown
    best_votes INTEGER, -- Last known votes of that paper; NULL is unknown
    first_listed_on DATE NOT NULL, -- First day on which one of its papers was listed
    last_listed_on DATE NOT NULL -- Last day on which one of its papers was listed
);

-- Organisations by month; those with one full name are one. Grain: canonical organisation x month.
CREATE TABLE mart_organization_month (
    organization_key BIGINT NOT NULL, -- Key in dim_organization
    month DATE NOT NULL, -- First day of the month
    name VARCHAR NOT NULL, -- Canonical name on Hugging Face
    full_name VARCHAR, -- Full name; NULL is unknown
    papers INTEGER NOT NULL CHECK (papers > 0), -- Its papers that were first listed in the month
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    month_papers INTEGER NOT NULL, -- Papers of the month of which an answer could name the organisation
    share DOUBLE NOT NULL CHECK (share > 0 AND share <= 1), -- papers / month_papers
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the month by papers, 1 is most; equals share a place
    PRIMARY KEY (organization_key, month)
);

-- Users who put papers on the lists. Grain: user.
CREATE TABLE mart_submitter (
    submitted_by VARCHAR PRIMARY KEY, -- Hugging Face user
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers that the user put on the list
    days INTEGER NOT NULL CHECK (days > 0), -- Distinct first days of these papers
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    mean_votes DOUBLE, -- Votes per paper whose votes are known; NULL is unknown
    best_arxiv_id VARCHAR, -- The paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper; NULL is unknown
    best_votes INTEGER, -- Last known votes of that paper; NULL is unknown
    first_listed_on DATE NOT NULL, -- First day on which one of the papers was first listed
    last_listed_on DATE NOT NULL -- Last day on which one of the papers was first listed
);

-- How author names of one month come back in later months. Grain: month of their first list x month of a paper.
CREATE TABLE mart_author_cohort (
    cohort DATE NOT NULL, -- First day of the month in which the names were first listed
    month DATE NOT NULL, -- First day of a month in which papers of theirs were first listed
    months_since INTEGER NOT NULL CHECK (months_since >= 0), -- Months from cohort to month
    authors INTEGER NOT NULL CHECK (authors > 0), -- Names of the cohort
    active_authors INTEGER NOT NULL CHECK (active_authors BETWEEN 1 AND authors), -- Those with a paper in the month
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers of the month with any of these names
    PRIMARY KEY (cohort, month)
);

-- Canonical keywords by month. A paper counts once, in the month of its first day on any list. Grain: canonical keyword
-- x month.
CREATE TABLE mart_keyword_month (
    keyword_key BIGINT NOT NULL, -- Key in dim_keyword
    month DATE NOT NULL, -- First day of the month
    keyword VARCHAR NOT NULL, -- The canonical keyword
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the keyword in any spelling
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    month_papers INTEGER NOT NULL, -- Papers of the month that have keywords at all
    share DOUBLE NOT NULL CHECK (share > 0 AND share <= 1), -- papers / month_papers
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the month by papers, 1 is most; equals share a place
    PRIMARY KEY (keyword_key, month)
);

-- Subjects with their papers and votes. A paper counts for each of its subjects. Grain: subject.
CREATE TABLE mart_category (
    category_key BIGINT PRIMARY KEY, -- Key in dim_category
    category VARCHAR NOT NULL, -- Subject as arXiv writes it, such as cs.CL
    name VARCHAR NOT NULL, -- arXiv's name of the subject; the subject itself where arXiv names none
    archive VARCHAR, -- arXiv's archive of the subject, such as cs; NULL where arXiv names none
    archive_name VARCHAR, -- arXiv's name of the archive; NULL where arXiv names none
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers
    primary_papers INTEGER NOT NULL CHECK (primary_papers BETWEEN 0 AND papers), -- Those whose main subject it is
    -- Those that have other subjects, too
    cross_listed_papers INTEGER NOT NULL CHECK (cross_listed_papers BETWEEN 0 AND papers),
    cross_listed_share DOUBLE NOT NULL CHECK (cross_listed_share BETWEEN 0 AND 1), -- cross_listed_papers / papers
    voted_papers INTEGER NOT NULL CHECK (voted_papers <= papers), -- Papers whose votes are known
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    mean_votes DOUBLE, -- Votes per paper whose votes are known; NULL is unknown
    median_votes DOUBLE, -- Median of their last known votes; NULL is unknown
    best_arxiv_id VARCHAR, -- Its paper with the most votes, the earliest listed of equals; NULL is unknown
    best_title VARCHAR, -- Title of that paper; NULL is unknown
    best_votes INTEGER, -- Last known votes of that paper; NULL is unknown
    first_listed_on DATE NOT NULL, -- First day on which one of its papers was listed
    last_listed_on DATE NOT NULL -- Last day on which one of its papers was listed
);

-- Subjects by month. A paper counts for each of its subjects, in the month of its first day on any list. Grain: subject
-- x month.
CREATE TABLE mart_category_month (
    category_key BIGINT NOT NULL, -- Key in dim_category
    month DATE NOT NULL, -- First day of the month
    category VARCHAR NOT NULL, -- Subject as arXiv writes it, such as cs.CL
    name VARCHAR NOT NULL, -- arXiv's name of the subject; the subject itself where arXiv names none
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers with the subject
    primary_papers INTEGER NOT NULL CHECK (primary_papers BETWEEN 0 AND papers), -- Those whose main subject it is
    votes BIGINT, -- Sum of their last known votes; NULL is unknown
    papers_48h INTEGER NOT NULL CHECK (papers_48h BETWEEN 0 AND papers), -- Those whose votes at 48 hours are known
    median_votes_48h DOUBLE, -- Median of their votes at the age of 48 hours, to compare by; NULL is unknown
    month_papers INTEGER NOT NULL, -- Papers of the month whose subjects are known
    month_listed_papers INTEGER NOT NULL CHECK (month_papers <= month_listed_papers), -- All papers of the month
    share DOUBLE NOT NULL CHECK (share > 0 AND share <= 1), -- papers / month_papers
    rank INTEGER NOT NULL CHECK (rank > 0), -- Place in the month by papers, 1 is most; equals share a place
    PRIMARY KEY (category_key, month)
);

-- How fast the votes of papers came, by their age. Grain: paper whose votes are known.
CREATE TABLE mart_vote_velocity (
    arxiv_id VARCHAR PRIMARY KEY, -- arXiv id without its version
    title VARCHAR NOT NULL, -- Title
    first_listed_on DATE NOT NULL, -- First day on any list
    day_of_week SMALLINT NOT NULL CHECK (day_of_week BETWEEN 1 AND 7), -- Its weekday, 1 is Monday, 7 is Sunday
    weekday VARCHAR NOT NULL, -- Name of the weekday
    is_counted_from_submission BOOLEAN NOT NULL, -- Ages count from its submission; FALSE: from its day
    observations INTEGER NOT NULL CHECK (observations > 0), -- Times at which the votes were observed, at any source
    first_observed_at TIMESTAMP NOT NULL, -- First of these times, UTC
    last_observed_at TIMESTAMP NOT NULL, -- Last of these times, UTC
    observed_hours DOUBLE NOT NULL, -- Hours between the two
    first_votes INTEGER NOT NULL, -- Votes at the first observation
    last_votes INTEGER NOT NULL, -- Votes at the last observation
    votes_24h DOUBLE, -- Votes 24 hours after; NULL outside the observations, because nothing is extrapolated
    is_interpolated_24h BOOLEAN, -- Lies on a line between two observations; FALSE if observed at that moment
    gap_hours_24h DOUBLE, -- Hours between these two observations; 0 if observed at that moment
    votes_72h DOUBLE, -- Votes 72 hours after; NULL outside the observations
    is_interpolated_72h BOOLEAN, -- Lies on a line between two observations; FALSE if observed at that moment
    gap_hours_72h DOUBLE, -- Hours between these two observations; 0 if observed at that moment
    votes_7d DOUBLE, -- Votes 7 days after; NULL outside the observations
    is_interpolated_7d BOOLEAN, -- Lies on a line between two observations; FALSE if observed at that moment
    gap_hours_7d DOUBLE, -- Hours between these two observations; 0 if observed at that moment
    votes_14d DOUBLE, -- Votes 14 days after; NULL outside the observations
    is_interpolated_14d BOOLEAN, -- Lies on a line between two observations; FALSE if observed at that moment
    gap_hours_14d DOUBLE, -- Hours between these two observations; 0 if observed at that moment
    hours_to_90_percent DOUBLE, -- Hours until 90 % of last_votes; NULL if the first observation had them already
    is_interpolated_90_percent BOOLEAN, -- Lies on a line between two observations; FALSE if observed at that moment
    gap_hours_90_percent DOUBLE, -- Hours between these two observations; 0 if observed at that moment
    hours_to_peak DOUBLE NOT NULL, -- Hours until the first observation with the most votes
    paper_key BIGINT NOT NULL REFERENCES dim_paper (paper_key) -- Key in dim_paper
);

-- Names that stand together on a paper of at most 30 authors. Key, proven by checks: author_key_a, author_key_b. Grain:
-- pair of normalised names.
CREATE TABLE mart_coauthor (
    author_key_a BIGINT NOT NULL, -- Key in dim_author of the name that sorts first
    author_key_b BIGINT NOT NULL, -- Key in dim_author of the other name
    name_a VARCHAR NOT NULL, -- The name that sorts first, by name_normalized
    name_b VARCHAR NOT NULL, -- The other name
    papers INTEGER NOT NULL CHECK (papers > 0), -- Papers together, among those with at most 30 authors
    first_arxiv_id VARCHAR NOT NULL, -- The first of these papers, by its first day on any list
    first_title VARCHAR NOT NULL, -- Title of that paper
    first_listed_on DATE NOT NULL, -- First day of that paper on any list
    last_arxiv_id VARCHAR NOT NULL, -- The last of these papers, by its first day on any list
    last_title VARCHAR NOT NULL, -- Title of that paper
    last_listed_on DATE NOT NULL -- First day of that paper on any list
);

-- Papers with the short numbers that search_term uses for them; the numbers may differ between releases. Grain: paper.
CREATE TABLE search_paper (
    paper_number INTEGER PRIMARY KEY CHECK (paper_number > 0), -- Its place by first day listed, then arXiv id
    paper_key BIGINT NOT NULL UNIQUE REFERENCES dim_paper (paper_key), -- Paper
    first_listed_on DATE NOT NULL -- First day on any list
);

-- The fields of papers that search() reads. Grain: field.
CREATE TABLE search_field (
    field VARCHAR PRIMARY KEY CHECK (field IN ('title', 'abstract', 'section', 'author', 'arxiv_id')), -- Field
    weight INTEGER NOT NULL CHECK (weight > 0), -- How much a term in this field counts
    usual_length DOUBLE CHECK (usual_length > 0) -- Mean characters in papers that have the field; NULL where none has
);

-- The terms that search() looks up. The check search_terms_once proves its key, whose index would be larger than the
-- table. Grain: term x paper.
CREATE TABLE search_term (
    term_key BIGINT NOT NULL, -- Key of the term, a word or a pair of Hangul syllables as search_tokens() makes them
    paper_number INTEGER NOT NULL, -- Number of the paper in search_paper
    weight DECIMAL(4, 3) NOT NULL CHECK (weight >= 0) -- How much the paper is about the term, at most 2.2 (BM25F)
);

-- What this release was built from, and when. Grain: release, always one row.
CREATE TABLE meta_release (
    release_id VARCHAR PRIMARY KEY, -- Name of the release's folder
    built_at TIMESTAMP NOT NULL, -- When it was built, UTC
    fingerprint VARCHAR NOT NULL, -- Hash of everything that it was built from: equal hashes, equal tables
    contents VARCHAR NOT NULL CHECK (contents IN ('sample', 'real')), -- Bundled sample or real data
    code_version VARCHAR NOT NULL, -- Version of the project
    duckdb_version VARCHAR NOT NULL -- Version of DuckDB that built it
);

-- The result of every check on this release. Grain: check.
CREATE TABLE meta_check (
    name VARCHAR PRIMARY KEY, -- Name of the check
    description VARCHAR NOT NULL, -- The rule that it makes sure of
    severity VARCHAR NOT NULL CHECK (severity IN ('error', 'warn')), -- error stops a release, warn is only shown
    passed BOOLEAN NOT NULL, -- No row breaks the rule
    broken_rows BIGINT NOT NULL, -- Rows that break the rule
    sample VARCHAR -- The first of these rows, as JSON; NULL where there is none
);
